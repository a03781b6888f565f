// The page of an export follows it: the server tells when something changed, the page is asked for anew then.
import { localiseTimes } from "./times.js";

const PART = '[data-part="export"]';
const ASK_EVERY_MS = 5000;
let asked = 0;

export function followExport() {
  const address = document.querySelector(PART)?.dataset.follow;
  if (!address) return;
  const events = new EventSource(address);
  const show = () => renew(address).catch(() => {});
  events.addEventListener("progress", show);
  events.addEventListener("end", () => {
    events.close();
    show();
  });
  events.addEventListener("error", () => {
    // A closed stream does not come again by itself: a proxy does not pass it, or too many listen.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => ask(address), ASK_EVERY_MS);
  });
}

async function ask(address) {
  if (await renew(address).catch(() => true)) setTimeout(() => ask(address), ASK_EVERY_MS);
}

// Whether the export still goes on.
async function renew(address) {
  const mine = ++asked;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const after = page.querySelector(PART);
  if (!after || mine !== asked) return true; // an older answer that comes late says nothing new
  const before = document.querySelector(PART);
  localiseTimes(after);
  exchange(before, [...after.children]);
  document.title = page.title;
  return Boolean(after.dataset.follow);
}

// What did not change stays the node it was: somebody may be at the point of pressing it.
function exchange(before, fresh) {
  for (const old of [...before.children]) {
    if (!fresh.some((one) => one.isEqualNode(old))) old.remove();
  }
  fresh.forEach((one, place) => {
    const here = before.children[place];
    if (!here?.isEqualNode(one)) before.insertBefore(one, here ?? null);
  });
}
