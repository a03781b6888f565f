// On a wide screen the filters stand open beside the records; on a phone they wait behind their button.

const room = matchMedia("(min-width: 60rem)");

export function openFiltersWhereThereIsRoom() {
  adapt();
  room.addEventListener("change", adapt);
}

function adapt() {
  for (const filters of document.querySelectorAll("[data-filters]")) filters.open = room.matches || isWrong(filters);
}

/** Whether something in there has to be corrected. */
function isWrong(filters) {
  return filters.querySelector("[aria-invalid]") !== null;
}

/** Carries over which groups are open from one panel to the one that takes its place. */
export function keepOpen(before, after) {
  for (const group of before.querySelectorAll("details[data-group]")) {
    const same = after.querySelector(`details[data-group="${CSS.escape(group.dataset.group)}"]`);
    if (same) same.open = same.open || group.open;
  }
  const filters = after.querySelector("[data-filters]");
  if (filters) filters.open = isWrong(filters) || (before.querySelector("[data-filters]")?.open ?? room.matches);
}
