"""Text that tries to be more than text, and the places of real data files that it is put into."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import yaml

from sbpanalysis.data.territory import territory

# ADDRESS becomes one that notes who asks; the file is on every machine, and nobody may read it
STRINGS = [
    # scripts, event handlers and elements that load
    "<script>alert(1)</script>", "<SCRIPT SRC=ADDRESS/1.js></SCRIPT>",
    "</script><script>alert(1)</script>", '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>", "<img src=ADDRESS/2.png onload=alert(1)>",
    "<body onload=alert(1)>", "<iframe src=ADDRESS/3></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>">', '<object data="file:///etc/passwd"></object>',
    "<link rel=stylesheet href=ADDRESS/4.css>", "<style>@import 'ADDRESS/5.css'; *{color:red}",
    '<meta http-equiv=refresh content="0;url=ADDRESS/6">', "<base href=ADDRESS/>",
    '<a href="javascript:alert(1)">x</a>', "<form action=ADDRESS/7><button>x</button></form>",
    "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>",
    '" autofocus onfocus="alert(1)', "' onmouseover='alert(1)", "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "</title></table></main><h1>gone</h1>",
    "*/alert(1)//", '"}];alert(1);//',
    # SVG, XML, entities
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    '<svg><image href="ADDRESS/8.svg"/></svg>', "<foreignObject><body onload=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>", "]]><script>alert(1)</script>",
    '<!ENTITY x SYSTEM "file:///etc/passwd">', "<!--><img src=x onerror=alert(1)>-->",
    "<math><mtext><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;img src=x onerror=alert(1)&#62;",
    "&amp;lt;b&amp;gt; &copy;",
    # Markdown, MyST, reStructuredText
    "[x](javascript:alert(1))", "![x](ADDRESS/9.png)", "<ADDRESS/10>", "```{include} /etc/passwd",
    "```{literalinclude} /etc/passwd", ":::{raw} html", "```{eval-rst} .. include:: /etc/passwd",
    "{download}`/etc/passwd`", "{doc}`index` {ref}`x` {sub-ref}`y`", ".. include:: /etc/passwd",
    "|x| [[y]] [^1] [a]: b", "# Heading", "- [ ] *a* **b** _c_ ~~d~~ `e` \\", "| a | b |", "---",
    # templates, shells
    "{{ 7*7 }}{% for x in (1,) %}{{ x }}{% endfor %}", "{{ ''.__class__.__mro__[1] }}",
    "{0.__class__} {area} %s %(name)s", "$(touch PWNED) `touch PWNED` ; touch PWNED",
    # Typst, TeX
    '#read("/etc/passwd")', '#include "house.typ"', '#import "house.typ": *', '#eval("1+1")',
    '#panic("x")', '#image("/etc/passwd")', '#link("ADDRESS/11")[x]', '"); #panic("x"); //',
    "@label <label> = heading /* open", "#sys.inputs $ x^2 $",
    "$\\frac{1}{$ $\\input{/etc/passwd}$",
    # formulas
    '=HYPERLINK("ADDRESS/12";"x")', "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1",
    '=WEBSERVICE("ADDRESS/13")', "\uff1d1+1",
    # what does not show, what turns the line round, what does not end
    "Bick\u202eyel", "\u2066left\u2069 \u200fright", "zero\u200bwidth\u200d \ufeff.",
    "\x1b[31mred\x07", "soft\u00adhyphen\u2028line", "W" * 300, "a\u0301 \u4e2d\u6587 \U0001f600",
    # paths, and names that look like values
    "../../../../etc/passwd", "..\\..\\x.txt", "/etc/passwd", "file:///etc/passwd",
    "CON.csv%00.html", "Rise Park", "nan", "None", "1e5",
]  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d")
# what no page of the site has, whatever its data say
FOREIGN = """() => [...document.querySelectorAll('*')].flatMap((e) => {
  const tag = e.tagName.toLowerCase();
  if (e.matches('svg.regions, svg.regions path, svg.regions path title')) return [];
  const bad = ['iframe', 'object', 'embed', 'style', 'base', 'math', 'svg', 'foreignobject',
               'mtext', 'image'].includes(tag)
    || (tag === 'script' && !e.getAttribute('src').match(/^(\\.\\.\\/)*_static/))
    || (tag === 'meta' && e.httpEquiv && e.httpEquiv !== 'Content-Security-Policy');
  const at = [...e.attributes].filter((a) => a.name.startsWith('on') || a.name === 'autofocus'
    || (['href', 'src', 'action'].includes(a.name)
        && /^\\s*(javascript:|https?:|file:|\\/\\/|data:text)/i.test(a.value)));
  return bad || at.length ? [`${tag} ${at.map((a) => a.name + '=' + a.value)}`] : [];
})"""
AREA = "Lewisham"  # whose wards are called what the files say
FILE, ITS_TEXT = "/etc/passwd", "root:x:0:0"


def aimed(address: str) -> list[str]:
    """The strings, each with the address that it asks."""
    return [s.replace("ADDRESS", address) for s in STRINGS]


def seen(text: str) -> str:
    """What a reader sees of a text: nothing that does not show, blanks as one."""
    spaced = (" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())


def spoil(folder: Path, strings: list[str]) -> dict[str, str]:
    """Put the strings into files of the sample: names of wards, kinds of fires, types of incidents.

    Returns the names that the wards of `AREA` got, by code.
    """
    codes = territory().wards_of(territory().code(AREA), "2018")
    named = dict(zip(codes, strings[::5], strict=False))
    for path in folder.glob("MPS_Ward_Level_Crime_*.csv"):
        rows = _rows(path)
        code, name = rows[0].index("WardCode"), rows[0].index("WardName")
        for row in rows[1:]:
            row[name] = named.get(row[code], row[name])
        path.unlink()  # the name of a file is text from outside as well
        _write(path.with_name(f"=1+1<img src=x onerror=alert(1)>{{include}}$x$#{path.name}"), rows)
    [path] = folder.glob("LFB*2017.csv")
    header, *rows = _rows(path)
    model = next(row for row in rows if "Secondary Fire" in row)
    for number, text in enumerate(strings * 2):
        year = "2017" if number < len(strings) else "2016"  # the ward must lead in both years
        told = {"IncidentNumber": f"h{number}", "DateOfCall": f"11 May {year}", "CalYear": year,
                "PropertyType": text, "IncGeo_BoroughCode": territory().code(AREA),
                "IncGeo_WardCode": codes[0]}  # fmt: skip
        rows.append(list((dict(zip(header, model, strict=True)) | told).values()))
    _write(path, [header, *rows])
    types = [text for text in strings if incident_type(text)]
    asb = [[year, code, text, n] for year in ("2016/17", "2017/18") for code in codes
           for n, text in enumerate(types, 10)]  # fmt: skip
    _write(folder / "partner_council_asb.csv", [_rows(folder / "partner_council_asb.csv")[0], *asb])
    return named


def incident_type(text: str) -> bool:
    """Whether a partner's form takes a text as a type: short, and without marks of markup."""
    return len(seen(text)) <= 60 and not set("<>{}\\") & set(text)


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.reader(handle))


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)


def assessment(strings: list[str]) -> str:
    """A table of contents: pages that show the data, and pages of hostile parameters."""
    run = [
        {"number": "3.3", "title": "ASB", "notebook": "anti_social_behaviour", "owner": strings[0]},
        {"number": "3.4", "title": "Fires", "notebook": "fires", "owner": strings[1]},
        {"number": "4.5", "title": strings[2], "notebook": "volume_crime",
         "parameters": {"measure": "robbery_offences"}},
        {"number": "7.2", "title": "Victims", "notebook": "victims",
         "parameters": {"note": " ~ ".join(strings)}},
    ]  # fmt: skip
    waiting = []
    for number, at in enumerate(range(0, len(strings), 5), 1):
        title, question, shows, needs, holder = (strings * 2)[at : at + 5]
        waits = {"shows": shows, "needs": needs, "holder": holder}
        waiting.append({"number": f"9.{number}", "title": title, "question": question,
                        "waits_for": waits})  # fmt: skip
    parts = [{"number": "1", "title": strings[4], "sections": run},
             {"number": "9", "title": "Waiting", "sections": waiting}]  # fmt: skip
    measures = ["robbery_offences", "asb_incidents", "lfb_deliberate_incidents"]
    wards = {"notebook": "wards", "parameters": {"measures": measures}}
    return yaml.safe_dump({"parts": parts, "wards": wards}, allow_unicode=True)


def table_of(site: Path, name: str) -> list[list[str]]:
    with (site / "downloads" / name).open(newline="", encoding="utf-8") as handle:
        return list(csv.reader(handle))
