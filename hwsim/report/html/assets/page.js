"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
const specs = [...document.querySelectorAll("script[type='application/json'][data-chart]")];

function themed() {
  const style = getComputedStyle(document.documentElement);
  const [ink, pale, line] = ["--ink", "--pale", "--line"].map((name) => style.getPropertyValue(name).trim());
  return {
    background: "transparent", view: {stroke: null},
    axis: {labelColor: ink, titleColor: ink, gridColor: line, domainColor: pale, tickColor: pale},
    legend: {labelColor: ink, titleColor: ink}, title: {color: ink},
    style: {ink: {color: ink}, edge: {color: pale}},
  };
}

async function draw() {
  const config = themed();
  for (const script of specs) {
    const place = document.getElementById(script.dataset.chart);
    const spec = JSON.parse(script.textContent);
    await vegaEmbed(place, {...spec, config: {...config, ...spec.config}}, {renderer: "svg", actions: false});
  }
  document.documentElement.dataset.drawn = "yes";
}

function sortBy(button) {
  const head = button.closest("th"), table = head.closest("table");
  const column = [...head.parentNode.children].indexOf(head);
  const ascending = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const key = (row) => {
    const text = row.children[column].dataset.value ?? row.children[column].textContent;
    return text === "" || isNaN(text) ? text : Number(text);
  };
  const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
  const rows = [...table.tBodies[0].rows].sort((a, b) => compare(key(a), key(b)) * (ascending ? 1 : -1));
  table.tBodies[0].append(...rows);
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sortBy(button));
}
dark.addEventListener("change", draw);
draw();
