"""What is measured on a page, in the browser's own language."""

from __future__ import annotations

# Every visible text with the ratio of contrast (WCAG 2) to the ground behind it; pictures are no ground for text here.
CONTRASTS = """
const brush = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
  .getContext("2d", {willReadFrequently: true});
function mixed(colours) {
  brush.clearRect(0, 0, 1, 1);
  for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
  return brush.getImageData(0, 0, 1, 1).data;
}
function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const found = [];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const words = texts.currentNode.data.trim();
  if (!words || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
  if (element.closest("script, style, .unseen, .skip")) continue;
  const grounds = [];
  for (let one = element; one; one = one.parentElement) {
    grounds.unshift(getComputedStyle(one).backgroundColor);
  }
  const style = getComputedStyle(element);
  const ink = element.closest("svg") ? style.fill : style.color;
  const ground = ["white", ...grounds];
  const [light, dark] = [luminance(mixed(ground)), luminance(mixed([...ground, ink]))].sort((a, b) => b - a);
  found.push({words: words.slice(0, 40), within: element.className?.baseVal ?? element.className,
    ratio: (light + 0.05) / (dark + 0.05)});
}
return found;
"""

# What can be pressed and is smaller than 24 by 24 pixels (WCAG 2.5.8), but for links within a sentence.
SMALL_TARGETS = """
const small = [];
for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")) {
  if (!element.checkVisibility({visibilityProperty: true}) || element.closest(".unseen, .skip")) continue;
  const isInSentence = element.tagName === "A" && getComputedStyle(element).display === "inline";
  const {width, height} = element.getBoundingClientRect();
  if (!isInSentence && (width < 24 || height < 24)) small.push(`${element.outerHTML.slice(0, 90)} ${width}x${height}`);
}
return small;
"""

# What reaches beyond the right edge.
TOO_WIDE = """
return [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth && !one.closest(".unseen"))
  .map(one => one.outerHTML.slice(0, 80)).slice(0, 5);
"""
