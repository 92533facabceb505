// Lays pages out at some widths, and writes down what a reader would stumble over.
"use strict";

function channels(colour) {
  const found = colour.match(/[\d.]+/g).map(Number);
  return { rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function behind(view, element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = channels(view.getComputedStyle(at).backgroundColor);
    if (colour.alpha === 1) return colour.rgb;
  }
  return [255, 255, 255];
}

function words(doc) {
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const drawn = element.getClientRects().length > 0 && !["STYLE", "title"].includes(element.tagName);
    if (walker.currentNode.data.trim() && drawn) found.push([element, walker.currentNode.data.trim()]);
  }
  return found;
}

function probe(frame) {
  const [doc, view] = [frame.contentDocument, frame.contentWindow];
  const faint = words(doc).map(([element, text]) => {
    const style = view.getComputedStyle(element);
    const ink = channels(element.ownerSVGElement ? style.fill : style.color);
    return [contrast(ink.rgb, behind(view, element)), text];
  });
  const root = doc.documentElement;
  const formulas = [...doc.querySelectorAll("math")].map((each) => each.getBoundingClientRect().height);
  const large = doc.querySelector(".verdict");
  const wide = [...doc.querySelectorAll("main *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > root.clientWidth + 1 && !each.closest(".scroll, pre, .equation, .panels");
  });
  return {
    page: frame.name,
    width: root.clientWidth,
    overflow: root.scrollWidth - root.clientWidth,
    wide: wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 80)),
    faint: faint.filter(([ratio]) => ratio < 4.5).slice(0, 5),
    texts: faint.length,
    dark: luminance(behind(view, doc.body)) < 0.5,
    formulas: formulas.length ? Math.min(...formulas) : null,
    verdict: large ? parseFloat(view.getComputedStyle(large).fontSize) : null,
    scrollers: [...doc.querySelectorAll(".scroll, pre")].filter((each) => each.tabIndex !== 0).length,
  };
}

window.addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  document.getElementById("found").textContent = JSON.stringify(frames.map(probe));
});
