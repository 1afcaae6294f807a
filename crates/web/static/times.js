// Adds the reader's own zone to every <time>, UTC beside it, and keeps "8 min ago" true.
// Without this file the pages show UTC.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const inUtc = new Date().getTimezoneOffset() === 0 && /^(UTC|Etc\/.*|GMT)$/.test(zone ?? "UTC");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dated = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

// The same words as `distance` in src/pages/time.rs.
function distance(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const two = (big, unit, small, smallUnit) => (small ? `${big} ${unit} ${small} ${smallUnit}` : `${big} ${unit}`);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) return two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  return two(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
}

function ago(seconds) {
  const whole = Math.trunc(seconds);
  if (Math.abs(whole) < 10) return whole < 0 ? "in a few seconds" : "just now";
  return seconds > 0 ? `${distance(seconds)} ago` : `in ${distance(seconds)}`;
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function upgrade(root) {
  const now = Date.now();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    const seconds = (now - at) / 1000;
    if ("ago" in element.dataset) {
      set(element, ago(seconds));
    } else if ("elapsed" in element.dataset) {
      set(element, distance(seconds));
    } else if (!inUtc && !element.querySelector("small")) {
      const sameDay = at.toDateString() === new Date(now).toDateString();
      const utc = element.ownerDocument.createElement("small");
      const sameDate = at.getDate() === at.getUTCDate();
      utc.textContent = ` · ${sameDate ? `${at.toISOString().slice(11, 16)} UTC` : element.textContent}`;
      element.replaceChildren((sameDay ? clock : dated).format(at), utc);
    }
  }
}

// Fields take UTC; beside each stands what that is for the reader.
function hint(root) {
  if (inUtc) return;
  for (const field of root.querySelectorAll("input[data-utc]")) {
    let local = field.nextElementSibling;
    if (!local) {
      local = field.ownerDocument.createElement("small");
      local.className = "hint";
      field.after(local);
    }
    const typed = document.getElementById(field.id)?.value ?? field.value;
    const at = new Date(`${typed}Z`);
    set(local, Number.isNaN(at.getTime()) ? `You are in ${zone}.` : `${dated.format(at)} in ${zone}`);
  }
}

upgrade(document);
hint(document);
document.addEventListener("input", () => hint(document));
setInterval(() => upgrade(document), 10_000);
// live.js asks before it compares a fetched page with this one.
document.addEventListener("stentor:fetched", (event) => {
  upgrade(event.detail);
  hint(event.detail);
});
