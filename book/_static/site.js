// Progressive enhancement only: search, a folded menu on phones, copying code, open tables in print.
"use strict";
const script = document.currentScript || document.querySelector("script[data-root]");
const root = script.dataset.root;

if (matchMedia("(max-width: 56rem)").matches) {
  document.querySelector("details.contents").removeAttribute("open");
}

addEventListener("beforeprint", () => {
  document.querySelectorAll("details.data").forEach((d) => { d.dataset.was = d.open; d.open = true; });
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

// a link to a folded method cell opens it
const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (named instanceof HTMLDetailsElement) named.open = true;

const form = document.querySelector("form[role=search]");
form.hidden = false;
const wanted = new URLSearchParams(location.search).get("q") || "";
const results = document.getElementById("results");

function find(query) {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
  if (!words.length) return [];
  return (window.SBP_SEARCH || [])
    .map((entry) => {
      const title = entry.title.toLowerCase();
      const text = entry.text.toLowerCase();
      if (!words.every((w) => title.includes(w) || text.includes(w))) return null;
      const score = words.filter((w) => title.includes(w)).length * 10 + (entry.claim ? 3 : 0);
      return { ...entry, score };
    })
    .filter(Boolean)
    .sort((a, b) => b.score - a.score)
    .slice(0, 40);
}

if (results) {
  document.getElementById("q").value = wanted;
  const found = find(wanted);
  document.getElementById("found").textContent = wanted
    ? `${found.length} ${found.length === 1 ? "place" : "places"} for “${wanted}”`
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
