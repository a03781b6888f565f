// A picture that does not come leaves its place to the drawn sleeve behind it.

export function watchCovers() {
  // Errors of pictures do not bubble; they are caught on their way down.
  document.addEventListener("error", (event) => hide(event.target), true);
  for (const picture of document.querySelectorAll("img[data-cover]")) {
    if (picture.complete && picture.naturalWidth === 0) hide(picture);
  }
}

function hide(picture) {
  if (picture instanceof HTMLImageElement && "cover" in picture.dataset) picture.classList.add("is-missing");
}
