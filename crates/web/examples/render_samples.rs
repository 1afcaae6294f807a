//! Writes every sample page, light and dark, to a folder, to be looked at in a browser:
//! `cargo run -p stentor-web --example render_samples -- target/samples`.

use std::{env, fs, io, path::Path};

use stentor_web::{
    assets,
    pages::{layout::Theme, sample},
};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/samples".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    for asset in assets::all() {
        fs::write(folder.join("static").join(asset.name), asset.bytes)?;
    }
    for theme in [Theme::Light, Theme::Dark] {
        for (name, html) in sample::all(theme) {
            let html = html.replace("\"/static/", "\"static/");
            fs::write(folder.join(format!("{name}.{}.html", theme.key())), html)?;
        }
    }
    eprintln!("Wrote the samples to {}", folder.display());
    Ok(())
}
