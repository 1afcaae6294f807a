// Keys for those who have a keyboard: `g n` goes to Now, `?` shows the list.
// The keys of the places are in the navigation (data-go), the others on the page.

const CHORD_MS = 1200;
let pending = 0; // When `g` was pressed.

function help() {
  const places = [...document.querySelectorAll("[data-go]")].map((link) => [
    `g ${link.dataset.go}`,
    link.querySelector("span").textContent,
  ]);
  const others = [["/", "Filter the list"], ["c", "Write a note"], ["a", "Acknowledge the page"], ["x", "Silence the alert"], ["?", "This list"]];
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "Keys");
  const list = document.createElement("dl");
  for (const [keys, words] of [...places, ...others]) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(term, meaning);
  }
  const close = document.createElement("button");
  close.className = "btn";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(list, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function isTyping(target) {
  return target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  if (isTyping(event.target)) return;
  const chord = event.timeStamp - pending < CHORD_MS && pending !== 0;
  pending = 0;
  const key = CSS.escape(event.key);
  if (chord) {
    const link = document.querySelector(`[data-go="${key}"]`);
    if (link) location.assign(link.href);
    return;
  }
  if (event.key === "g") pending = event.timeStamp;
  else if (event.key === "?") help();
  else {
    const field = document.querySelector(`[data-key-focus="${key}"]`);
    const button = document.querySelector(`[data-key-press="${key}"]`);
    if (!field && !button) return;
    event.preventDefault();
    field?.focus();
    button?.focus(); // One more Enter: a key pressed by mistake acknowledges nothing.
  }
});
