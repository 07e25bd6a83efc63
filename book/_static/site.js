// Progressive enhancement only: search, a folded menu on phones, copying code, open tables in print,
// a closer look at the areas of a picture.
"use strict";
const script = document.currentScript || document.querySelector("script[data-root]");
const root = script.dataset.root;

if (matchMedia("(max-width: 56rem)").matches) {
  document.querySelector("details.contents").removeAttribute("open");
}

// short tables are printed; of longer ones, whose numbers are in their files, the picture is
const printed = (table) => table.querySelectorAll("tbody tr").length <= 15;
addEventListener("beforeprint", () => {
  document.querySelectorAll("details.data").forEach((d) => { d.dataset.was = d.open; d.open = printed(d); });
});
addEventListener("afterprint", () => {
  document.querySelectorAll("details.data").forEach((d) => { d.open = d.dataset.was === "true"; });
});

document.querySelectorAll("details.method").forEach((box) => {
  const button = document.createElement("button");
  button.className = "copy";
  button.type = "button";
  button.textContent = "Copy code";
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(box.querySelector("code").textContent);
    button.textContent = "Copied";
  });
  box.querySelector("pre").before(button);
});

// a link to what is folded opens all that it is folded in
const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
for (let box = named?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
if (named) named.scrollIntoView();

// The areas of a picture: pointed at, or walked through with the arrow keys, each says its value;
// chosen, its row is all that is left of the table. Chosen again, or Escape: all rows.
function look(layer, number) {
  const figure = layer.closest("figure");
  const areas = [...layer.children];
  const rowOf = `th[data-code="${areas[0].dataset.code}"]`;
  const table = (figure.querySelector(rowOf) || document.querySelector(`figure ${rowOf}`)).closest("table");
  const rows = [...table.tBodies[0].rows];
  const code = (row) => row.cells[0].dataset.code;
  const said = areas.map((a) => a.textContent);
  const make = (name, kind, text) => Object.assign(document.createElement(name), { className: kind, textContent: text });
  const pointer = matchMedia("(hover: hover)").matches;
  const hint = pointer ? "Point at an area, or press the arrow keys and Enter here, to find it in the table." : "Tap an area to find it in the table.";
  const tip = make("p", "tip", hint);
  const state = make("p", "chosen-row", "");
  const words = make("span", "", "");
  state.setAttribute("role", "status");
  let active = -1, chosen = -1;

  areas.forEach((area, i) => {
    area.id = `area-${number}-${i}`;
    area.setAttribute("role", "option");
    area.setAttribute("aria-label", said[i]);
    area.setAttribute("aria-selected", "false");
    area.replaceChildren();
    area.addEventListener("pointerenter", () => point(i));
    area.addEventListener("click", () => { point(i); choose(i); });
  });
  layer.removeAttribute("aria-hidden");
  layer.setAttribute("role", "listbox");
  layer.setAttribute("tabindex", "0");
  layer.setAttribute("aria-label", `Areas: ${figure.querySelector(".subtitle").textContent}`);
  layer.parentElement.after(tip, state);

  function point(i) {
    areas.forEach((a, k) => a.classList.toggle("active", k === i));
    active = i;
    tip.textContent = i < 0 ? hint : said[i];
    if (i < 0) layer.removeAttribute("aria-activedescendant");
    else layer.setAttribute("aria-activedescendant", areas[i].id);
  }
  function choose(i) {
    chosen = i === chosen ? -1 : i;
    areas.forEach((a, k) => a.setAttribute("aria-selected", String(k === chosen)));
    const wanted = chosen < 0 ? null : areas[chosen].dataset.code;
    rows.forEach((row) => { row.hidden = wanted !== null && code(row) !== wanted; });
    state.replaceChildren();
    if (chosen < 0) return;
    table.closest("details")?.setAttribute("open", "");
    words.textContent = `${said[chosen]}. The table shows this row only. `;
    const all = make("button", "all-rows", "Show all rows");
    all.type = "button";
    all.addEventListener("click", () => { choose(chosen); layer.focus(); });
    state.append(words, all);
    const page = rows.find((row) => code(row) === wanted)?.cells[0].querySelector("a");
    if (page) state.append(" ", Object.assign(page.cloneNode(true), { textContent: `More on ${page.textContent}` }));
  }
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  layer.addEventListener("keydown", (event) => {
    const last = areas.length - 1;
    if (event.key in steps) point(active < 0 ? 0 : Math.min(last, Math.max(0, active + steps[event.key])));
    else if (event.key === "Home") point(0);
    else if (event.key === "End") point(last);
    else if ((event.key === "Enter" || event.key === " ") && active >= 0) choose(active);
    else return;
    event.preventDefault();
  });
  figure.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen >= 0) { choose(chosen); layer.focus(); }
  });
  layer.addEventListener("focus", () => { if (active < 0) point(0); });
  for (const left of ["blur", "pointerleave"]) {
    layer.addEventListener(left, () => { if (document.activeElement !== layer || left === "blur") point(chosen); });
  }
}
document.querySelectorAll("figure svg.regions").forEach(look);

const form = document.querySelector("form[role=search]");
form.hidden = false;
const wanted = new URLSearchParams(location.search).get("q") || "";
const results = document.getElementById("results");

if (results) {
  document.getElementById("q").value = wanted;
  const found = find(wanted, window.SBP_SEARCH || [], window.SBP_SYNONYMS || []);
  document.getElementById("found").textContent = wanted
    ? `${found.length} ${found.length === 1 ? "page" : "pages"} for “${wanted}”`
    : "Type a word into the box at the top of the page.";
  for (const entry of found) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = root + entry.href;
    link.textContent = entry.title;
    const text = document.createElement("div");
    text.textContent = entry.text.length > 240 ? entry.text.slice(0, 240) + "…" : entry.text;
    item.append(link, text);
    results.append(item);
  }
}
