//! Bodies that are nearly right: each is read or refused, and nothing panics.

use proptest::prelude::*;

use super::*;

fn bodies() -> Vec<Vec<u8>> {
    let files = fs::read_dir(testdata().join("alertmanager")).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

proptest! {
    #[test]
    fn no_body_makes_the_decoder_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
    ) {
        let bodies = bodies();
        let mut body = which.get(&bodies).clone();
        for (at, byte) in edits.into_iter() {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        let _ = read(&body);
        body.truncate(length.index(body.len() + 1));
        let _ = read(&body);
    }
}
