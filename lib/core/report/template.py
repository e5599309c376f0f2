"""The words around a report as HTML and as a picture: Jinja2 templates, in which every value is made visible and escaped."""

SVG = """
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ d.width }} {{ d.height }}" role="img" aria-label="{{ d.title }}" \
font-family="system-ui, sans-serif" font-size="12">
<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
<rect width="7" height="7" fill="{{ c.gap }}"/><rect width="2" height="7" fill="{{ c.stripe }}"/></pattern></defs>
{% for b in d.boxes -%}
<rect x="{{ b.x }}" y="{{ b.y }}" width="{{ b.width }}" height="{{ b.height }}" fill="{{ fills[b.look] }}"\
{% if b.look in ("unread", "unsure") %} opacity="0.35"{% endif %}><title>{{ b.text }}</title></rect>
{% endfor -%}
{% for b in d.lines -%}
<line x1="{{ b.x }}" x2="{{ b.x }}" y1="{{ b.y }}" y2="{{ b.y + b.height }}" \
stroke="{{ c.grid if b.look == "tick" else c.deploy }}" \
stroke-width="{{ b.width }}"{% if b.look == "failed" %} stroke-dasharray="2 3"{% endif %}><title>{{ b.text }}</title></line>
{% endfor -%}
{% for w in d.words -%}
<text x="{{ w.x }}" y="{{ w.y }}" text-anchor="{{ w.anchor }}" \
fill="{{ c.text if w.look == "name" else c.muted }}"{% if w.look == "cause" %} font-size="11"{% endif %}>{{ w.text }}</text>
{% endfor -%}
</svg>"""

SECTION = """
<section id="{{ s.name }}">{% if heading %}<h{{ s.level }}>{{ s.title }}</h{{ s.level }}>{% endif %}

{% if s.sentences %}<ul>{% for told in s.sentences %}<li>{{ told }}</li>{% endfor %}</ul>{% endif %}
{% if s.chart and pictures %}<figure>{% with d = draw(s.chart) %}{% include "SVG" %}{% endwith %}
<figcaption>{{ s.chart.title }}</figcaption></figure>{% endif %}
{% for t in s.tables %}
<div class="bs-wide" tabindex="0"><table><thead><tr>
{% for k in t.columns %}<th class="{{ k.kind.value }}" scope="col">{{ k.name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in t.rows %}<tr>
{% for k in t.columns %}<td class="{{ k.kind.value }}">{{ show(k, row[loop.index0]) }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>{% if t.note %}<p class="bs-rests">{{ t.note }}</p>{% endif %}
{% endfor %}
{% for e in s.samples %}<p class="bs-sample">{% if e.cluster %}<code>{{ e.cluster }}</code> {% endif %}{{ e.title }}</p>
<pre tabindex="0">{{ e.text or "(no message)" }}</pre>{% endfor %}
</section>"""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer"><title>{{ d.title }}</title><style>{% include "CSS" %}</style></head>
<body><h1>{{ d.title }}</h1><p class="bs-summary">{{ d.summary }}</p><p class="bs-rests">{{ made }}</p>
{% for s in d.sections %}{% include "SECTION" %}{% endfor %}
</body></html>
"""

CSS = """
:root { color-scheme: light }
body { font: 15px/1.5 system-ui, sans-serif; color: #0f151c; max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.2rem; margin: 1.6rem 0 .3rem; border-bottom: 1px solid #dde3ea }
h3 { font-size: 1.02rem; margin: 1.2rem 0 .2rem }
h1, h2, h3, p, li, td.code, figcaption { overflow-wrap: anywhere } td { overflow-wrap: break-word }
.bs-summary { font-size: 1.08rem } ul { margin: .2rem 0 .4rem; padding-left: 1.2rem }
.bs-rests, .bs-sample, figcaption { color: #4a5763; font-size: .86rem; margin: .3rem 0 }
.bs-wide { overflow-x: auto; margin: .4rem 0 } figure { margin: .4rem 0 } figure svg { width: 100%; height: auto }
table { border-collapse: collapse; font-size: .82rem; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; border-bottom: 1px solid #dde3ea; min-width: 3rem }
th { color: #4a5763; font-weight: 600 } .number { text-align: right; font-variant-numeric: tabular-nums }
td.time { white-space: nowrap } td.code, pre { font-family: ui-monospace, monospace; font-size: .78rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f5f8; padding: .5rem .7rem; margin: .2rem 0 .8rem;
  max-height: 24rem; overflow-y: auto }
@page { size: A4; margin: 14mm 12mm }
@media print {
  body { font-size: 10pt; margin: 0; padding: 0; max-width: none }
  h1, h2, h3 { break-after: avoid } tr, figure, li { break-inside: avoid } thead { display: table-header-group }
  .bs-wide { overflow: visible } table { font-size: 7pt; table-layout: auto } td.time { white-space: normal }
  th, td { padding: .1rem .3rem; min-width: 1.5rem } td.code { font-size: 6.5pt }
  pre { max-height: none; overflow: visible; font-size: 7.5pt } * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""
