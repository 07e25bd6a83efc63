// Search without a server: words are cut to their stems, what people say is turned into what the
// pages say, and each page is found once, at the sentence that fits best.
"use strict";
const SBP_MOST = 30; // results that are shown

// "anti-social", "anti social" and "antisocial" are one word only where they are written together
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/['’]/g, "").replace(/(\p{L})[-‐](?=\p{L})/gu, "$1");
}
function stem(word) {
  if (word.length < 5) return word.replace(/(?<=\p{L}{2})s$/u, "");
  return word
    .replace(/ies$/, "y").replace(/([sxz]|ch|sh)es$/, "$1").replace(/([^su])s$/, "$1")
    .replace(/(?<=.{4})ing$/, "").replace(/(?<=.{4})ed$/, "").replace(/([bdgmnprt])\1$/, "$1").replace(/(?<=.{3})e$/, "");
}
const tokens = (text) => (plain(text).match(/[\p{L}\p{N}]+/gu) || []).map(stem);

// every way to put the query: as it stands, and with each phrase that has another name put so
function ways(query, synonyms) {
  const said = ` ${tokens(query).join(" ")} `;
  const others = synonyms
    .map(([phrase, names]) => [` ${tokens(phrase).join(" ")} `, names])
    .filter(([phrase]) => said.includes(phrase))
    .sort((a, b) => b[0].length - a[0].length)
    .flatMap(([phrase, names]) => names.map((name) => said.replace(phrase, ` ${tokens(name).join(" ")} `)));
  return [said, ...others].map((way) => way.trim().split(" ").filter(Boolean)).filter((way) => way.length);
}

function find(query, index, synonyms) {
  const best = new Map();
  const asked = ways(query, synonyms);
  for (const entry of index) {
    entry.words ??= {
      title: new Set(tokens(entry.title)),
      part: new Set(tokens(entry.part || "")),
      all: tokens(`${entry.title} ${entry.part || ""} ${entry.text}`),
    };
    const { title, part, all } = entry.words;
    let score = 0;
    asked.forEach((way, later) => {
      const hit = (word) => all.some((other) => other === word || (word.length > 3 && other.startsWith(word)));
      if (!way.every(hit)) return;
      const named = way.filter((word) => title.has(word)).length / way.length;
      const apart = [...title].filter((word) => !way.includes(word)).length;
      if (way.every((word) => part.has(word))) score = Math.max(score, 8);
      score = Math.max(score, 0.1, 1 + 20 * named * named - apart + (entry.claim ? 3 : 0) + (` ${all.join(" ")} `.includes(` ${way.join(" ")} `) ? 5 : 0) - (later ? 1 : 0));
    });
    const page = entry.href.split("#")[0];
    if (!score) continue;
    const known = best.get(page) || { score: 0, often: 0 };
    best.set(page, { ...(known.score >= score ? known : { ...entry, score }), often: known.often + 1 });
  }
  // told of often: about it; what is for reviewers comes after
  const weight = (entry) => entry.score + Math.min(entry.often, 8) / 2 - (entry.last ? 10 : 0);
  return [...best.values()].sort((a, b) => weight(b) - weight(a)).slice(0, SBP_MOST);
}
