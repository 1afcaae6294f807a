// Links in notifications lead to Alertmanager's pages, which stand behind a `#`: the server never sees them. Here they
// become addresses of ours: `#/alerts?receiver=…`, `#/silences/…`, `#/silences/new?filter=…`, `#/status`.

function ours(fragment) {
  const [path, query] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const search = query ? `?${query}` : "";
  if (parts[0] === "alerts" || parts[0] === "silences") return parts.join("/") + search;
  if (parts[0] === "status") return "plan";
  return null;
}

function follow() {
  if (!location.hash.startsWith("#/")) return;
  const path = ours(location.hash);
  if (path === null) return;
  // Only the door's: the first page has forms with a `next` of their own.
  const next = document.querySelector('body.door form input[name="next"]');
  if (next) next.value = `/${path}`; // Signed in first, gone on to then.
  else location.replace(new URL(path, new URL("./", location.href)));
}

follow();
addEventListener("hashchange", follow);

export { ours };
