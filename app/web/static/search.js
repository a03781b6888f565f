// Searches while one types, and follows filters, orders and pages, without leaving the page: the server renders the
// same page as ever, and the parts that differ change places.

import { keepOpen } from "./filters.js";

const PAUSE_MS = 250;
const PARTS = ["panel", "results"];
const HEADING = "#results";
let asking = null;
let timer = 0;
let isTyping = false;
let shown = placeOf(location);

export function searchInPlace() {
  const results = part("results");
  const form = document.querySelector("[data-search]");
  if (!results || !form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    settle();
    show(addressOf(form), { remember: "push", focus: HEADING });
  });
  form.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => typed(form), PAUSE_MS);
  });
  form.elements.q.addEventListener("blur", () => { isTyping = false; });
  for (const name of PARTS) follow(part(name));
  addEventListener("popstate", () => {
    if (placeOf(location) === shown) return; // a jump within the page
    settle();
    show(new URL(location.href), { remember: null, words: true });
  });
}

/** One entry of the history for one word being typed, however many letters it took. */
function typed(form) {
  const remember = isTyping ? "replace" : "push";
  isTyping = true;
  show(addressOf(form), { remember });
}

function settle() {
  clearTimeout(timer);
  isTyping = false;
}

function follow(area) {
  area.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !isPlainClick(event) || !leadsHere(link)) return;
    event.preventDefault();
    settle();
    const focus = "page" in link.dataset ? HEADING : focusOf(link);
    show(new URL(link.href), { remember: "push", focus, words: true, top: "page" in link.dataset });
  });
  area.addEventListener("submit", (event) => {
    event.preventDefault();
    settle();
    show(addressOf(event.target), { remember: "push", focus: HEADING, words: true });
  });
  area.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-instant]");
    if (form) show(addressOf(form), { remember: "push", focus: focusOf(event.target), words: true });
  });
}

async function show(address, { remember, focus = null, words = false, top = false }) {
  asking?.abort();
  asking = new AbortController();
  shown = null;
  const { signal } = asking;
  const results = part("results");
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector('[data-part="results"]')) throw new Error("not a page of the shop");
    if (remember === "push" && address.href !== location.href) history.pushState(null, "", address);
    if (remember === "replace") history.replaceState(null, "", address);
    replace(page, { words });
    shown = placeOf(address);
    if (top) scrollTo({ top: 0 });
    if (focus) (document.querySelector(focus) ?? document.querySelector(HEADING))?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name === "AbortError") return;
    // The browser tells best what is wrong with the way to the server.
    if (remember) location.assign(address);
    else location.reload();
  } finally {
    if (!signal.aborted) part("results").removeAttribute("aria-busy");
  }
}

function replace(page, { words }) {
  document.title = page.title;
  for (const name of PARTS) {
    const before = part(name);
    const after = page.querySelector(`[data-part="${name}"]`);
    if (name === "panel") keepOpen(before, after);
    before.replaceChildren(...after.childNodes);
  }
  for (const selector of ["[data-kept]", ".downloads"]) {
    const after = page.querySelector(selector);
    if (after) document.querySelector(selector)?.replaceChildren(...after.childNodes);
  }
  if (words) document.querySelector("#q").value = page.querySelector("#q").value;
  const told = part("results").querySelector("#results")?.textContent.trim() ?? "";
  document.querySelector("[data-announce]").textContent = told;
}

function addressOf(form) {
  const address = new URL(form.action);
  const fields = [...new FormData(form)].filter(([, value]) => String(value).trim() !== "");
  address.search = new URLSearchParams(fields).toString();
  return address;
}

function placeOf(address) {
  return address.pathname + address.search;
}

function part(name) {
  return document.querySelector(`[data-part="${name}"]`);
}

function focusOf(element) {
  const name = element.dataset.focus;
  return name ? `[data-focus="${CSS.escape(name)}"]` : HEADING;
}

function leadsHere(link) {
  return link.origin === location.origin && link.pathname === location.pathname && !link.hash;
}

function isPlainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}
