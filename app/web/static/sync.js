// Shows a sync, or a batch of enrichment, while it goes on: told by the server when something changes, or else by looking
// again now and then. The server renders the same page as ever, and the parts that differ change places.

import { localiseTimes } from "./times.js";

const BUSY_MS = 3000, IDLE_MS = 15000;
const root = document.querySelector("[data-sync]");
let source = null;
let timer = 0;
let isLooking = false;

if (root) begin();

function begin() {
  if (root.dataset.sync) listen();
  else later(BUSY_MS);
}

function listen() {
  clearTimeout(timer);
  source = new EventSource(root.dataset.sync);
  source.addEventListener("progress", look);
  source.addEventListener("end", async () => {
    stop();
    await look();
    later(IDLE_MS);
  });
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return; // it comes again by itself
    stop();
    later(BUSY_MS);
  });
}

function stop() {
  source?.close();
  source = null;
}

/** Nobody tells: look again, and listen anew as soon as something is at work. */
function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await look();
    if (document.querySelector("[data-sync] progress")) begin();
    else later(IDLE_MS);
  }, pause);
}

async function look() {
  if (isLooking) return;
  isLooking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.status === 401) location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    localiseTimes(page);
    for (const after of page.querySelectorAll("[data-live]")) replace(after);
  } catch {
    // The server is away for a moment; what was told last stays.
  } finally {
    isLooking = false;
  }
}

function replace(after) {
  const before = document.querySelector(`[data-live="${after.dataset.live}"]`);
  for (const open of before.querySelectorAll("details[data-group][open]")) {
    after.querySelector(`details[data-group="${CSS.escape(open.dataset.group)}"]`)?.setAttribute("open", "");
  }
  if (before.innerHTML === after.innerHTML) return;
  const focus = before.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  before.replaceChildren(...after.childNodes);
  if (focus) before.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  if (before.dataset.live === "state") announce();
}

function announce() {
  const isBusy = Boolean(document.querySelector('[data-focus="cancel"]'));
  document.querySelector("[data-announce]").textContent = isBusy ? root.dataset.busy : root.dataset.idle;
}
