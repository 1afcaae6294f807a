// Keeps the page current: on every "changed" of the event stream it fetches the same address again
// and morphs what differs. Focus, scroll, open details and half-typed fields stay as they are.

const QUIET_MS = 150; // Changes come in bursts; one fetch answers them all.
const REGIONS = ["nav", "main"];

const line = document.getElementById("line");
let timer = 0;
let fetching = false;
let again = false;

function keyOf(node) {
  return node.nodeType === 1 ? node.dataset?.key || node.id || null : null;
}

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

// Makes the children of `from` those of `to`, moving keyed ones and reusing alike ones.
function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.children) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = keyOf(wanted);
    let match = key ? keyed.get(key) : null;
    if (!match && place && !keyOf(place) && alike(place, wanted)) match = place;
    if (match && alike(match, wanted)) {
      if (match === place) place = place.nextSibling;
      else from.insertBefore(match, place);
      morph(match, wanted);
    } else {
      from.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function morph(from, to) {
  if (from.nodeType !== 1) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.isEqualNode(to)) return;
  const open = from.nodeName === "DETAILS"; // The reader decides what is open.
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !(open && name === "open")) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !(open && name === "open")) from.setAttribute(name, value);
  }
  if (from.nodeName === "TEXTAREA") {
    if (from.value === from.defaultValue) from.value = to.defaultValue;
    from.defaultValue = to.defaultValue;
    return;
  }
  // A drop-down that the reader has changed keeps the choice as long as it is offered.
  const chosen = from.nodeName === "SELECT" && isTouched(from) ? from.value : null;
  morphChildren(from, to);
  if (chosen !== null) from.value = chosen;
}

// Morphs one region; what had the focus and the caret has them again, even if it was moved.
function morphKept(from, to) {
  const focused = from.contains(document.activeElement) ? document.activeElement : null;
  // Only text fields have a caret; the others answer null.
  const [start, end] = [focused?.selectionStart ?? null, focused?.selectionEnd];
  morph(from, to);
  if (!focused?.isConnected || focused === document.activeElement) return;
  focused.focus({ preventScroll: true });
  if (start !== null) focused.setSelectionRange(start, end);
}

function isTouched(select) {
  return [...select.options].some((option) => option.selected !== option.defaultSelected);
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const address = location.pathname + location.search;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "manual" });
    // Signed out, or an error in passing: what is shown stays, the next event asks again.
    if (!answer.ok) return;
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.dispatchEvent(new CustomEvent("stentor:fetched", { detail: fetched }));
    document.title = fetched.title;
    for (const id of REGIONS) {
      const [from, to] = [document.getElementById(id), fetched.getElementById(id)];
      if (from && to) morphKept(from, to);
    }
  } catch {
    // The network is down: EventSource says so and tries again by itself.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, QUIET_MS);
}

function listen(address) {
  const stream = new EventSource(address);
  let lost = false;
  stream.addEventListener("changed", soon);
  stream.addEventListener("open", () => {
    line.hidden = true;
    if (lost) soon(); // Something may have been missed.
    lost = false;
  });
  stream.addEventListener("error", () => {
    lost = true;
    line.hidden = false;
    // A stream that the server refused is closed for good: begin a new one.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(address), 5000);
  });
  addEventListener("pagehide", () => stream.close(), { once: true });
}

if (document.body.dataset.live) listen(document.body.dataset.live);
addEventListener("pageshow", (event) => {
  // Back from the browser's memory: the stream was closed when the page was left.
  if (event.persisted && document.body.dataset.live) {
    listen(document.body.dataset.live);
    soon();
  }
});

// A menu closes when the reader is done with it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

export { morphKept };
