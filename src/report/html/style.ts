import { PRINT_STYLE } from "./style-print.ts";
import { COLOURS } from "./style-colours.ts";

/** The page's style: system fonts, one column of text, drawings and tables in boxes that scroll on their own. */
export const STYLE = `${COLOURS}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, "DejaVu Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  margin: 0; padding: 0 clamp(1rem, 4vw, 2.5rem) 3rem;
  background: var(--paper); color: var(--ink);
  font: 400 1rem/1.55 var(--sans); overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, ol, dl, dd, figure, pre { margin: 0; padding: 0; }
h2 { font: 500 1.75rem/1.2 var(--serif); letter-spacing: -.005em; }
h3 { font: 600 .8rem/1.3 var(--sans); letter-spacing: .12em; text-transform: uppercase; color: var(--muted); }
h4 { font: 600 1.02rem/1.4 var(--sans); }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
code, pre { font-family: var(--mono); font-size: .88em; }
button {
  font: 500 .8rem/1 var(--sans); color: var(--ink); background: var(--card);
  border: 1px solid var(--rule); border-radius: 4px; padding: .5rem .75rem; cursor: pointer;
}
button:hover { border-color: var(--muted); }
.small { font-size: .82rem; color: var(--muted); }
.small code { font-size: .95em; }
.skip { position: absolute; left: -100vw; background: var(--card); padding: .6rem 1rem; z-index: 2; }
.skip:focus { left: 1rem; top: 1rem; }

.masthead { display: flex; align-items: center; justify-content: space-between; max-width: 76rem; margin: 0 auto; padding: 1.1rem 0; }
.brand { display: flex; align-items: center; gap: .6rem; font: 500 1.15rem/1 var(--serif); letter-spacing: .01em; }
.brand span { font: 400 .8rem/1 var(--sans); color: var(--muted); border-left: 1px solid var(--rule); padding-left: .7rem; margin-left: .15rem; }
.load-line { width: 2.1rem; height: 1.4rem; fill: none; stroke: var(--accent); stroke-width: 2.6; }
.layout { max-width: 76rem; margin: 0 auto; }
main { min-width: 0; }
main > section { margin-top: 4rem; }
main > section > h2 { margin-bottom: 1rem; }
main > section.certificate { margin-top: 0; }
footer { max-width: 76rem; margin: 4rem auto 0; padding-top: 1.2rem; border-top: 1px solid var(--rule); font-size: .82rem; color: var(--muted); }

.contents { font-size: .88rem; margin-bottom: 1.2rem; }
.contents ol { list-style: none; }
.contents > ol { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
.contents ol ol { display: none; }
.contents a { color: var(--muted); text-decoration: none; display: inline-flex; align-items: center; gap: .4rem; padding: .18rem 0; }
.contents a:hover { color: var(--ink); text-decoration: underline; }
.contents .icon { width: .85rem; height: .85rem; }

.icon { width: 1.15em; height: 1.15em; flex: none; vertical-align: -.2em; fill: currentColor; stroke: none; }
.icon .sign { fill: none; stroke: var(--card); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
.icon .open { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-dasharray: 4 3; }
.icon.pass, .badge.pass, .stamp.pass { color: var(--pass); }
.icon.fail, .badge.fail, .stamp.fail { color: var(--fail); }
.icon.inconclusive, .badge.inconclusive, .stamp.inconclusive { color: var(--inconclusive); }
.icon.errored, .badge.errored, .stamp.errored { color: var(--errored); }
.icon.skipped, .badge.skipped, .stamp.skipped { color: var(--skipped); }
.badge { display: inline-flex; align-items: center; gap: .4rem; font: 600 .78rem/1 var(--sans); letter-spacing: .06em; text-transform: uppercase; white-space: nowrap; }

.certificate {
  background: var(--card); padding: clamp(1.4rem, 4vw, 3rem);
  border: 1px solid var(--rule); outline: 1px solid var(--rule); outline-offset: 4px; margin-inline: 5px;
}
.overline { font: 600 .8rem/1.3 var(--sans); letter-spacing: .12em; text-transform: uppercase; color: var(--muted); }
.question { font: italic 400 1.08rem/1.45 var(--serif); color: var(--muted); max-width: 44rem; text-wrap: balance; }
.overline + .question { margin-top: .5rem; }
.stamp { display: flex; align-items: center; gap: .75rem; font: 500 clamp(2.4rem, 7vw, 3.6rem)/1 var(--serif); letter-spacing: -.015em; margin: 1.6rem 0 1rem; }
.stamp .icon { width: .86em; height: .86em; }
.headline { font: 400 clamp(1.12rem, 2.6vw, 1.42rem)/1.42 var(--serif); max-width: 46rem; text-wrap: pretty; font-variant-numeric: lining-nums; }
.answer { border-top: 1px solid var(--rule); padding: 1.5rem 0; }
.answer h2 { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .9rem; font-size: 1.4rem; margin-bottom: .6rem; }
.answer .headline { font-size: 1.08rem; }
.tally { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin-top: 1.1rem; font-size: .9rem; color: var(--muted); }
.tally b { color: var(--ink); font-variant-numeric: tabular-nums; }
.tally .icon { margin-right: .15rem; }
.limits { margin-top: 1.6rem; padding-left: 1.1rem; border-left: 3px solid var(--rule); font-size: .92rem; max-width: 46rem; }
.limits > p { font-weight: 600; }
details.limits { margin-top: 1rem; border-width: 0 0 0 3px; border-radius: 0; }
details.limits > summary { padding: 0; font-size: .9rem; }
.stamp + .warning { margin: 0 0 1.2rem; }
.limits ul, #problems ul { padding-left: 1.1rem; margin-top: .3rem; }
.limits li { margin-top: .2rem; color: var(--muted); }
.reason, .warning { margin-top: 1rem; padding: .7rem 1rem; background: var(--wash); border-left: 3px solid var(--inconclusive); font-size: .93rem; max-width: 46rem; }
.particulars { display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; margin-top: 2rem; padding-top: 1.2rem; border-top: 1px solid var(--rule); }
.particulars dt, .inline dt { font-size: .72rem; letter-spacing: .08em; text-transform: uppercase; color: var(--muted); }
.particulars dd, .inline dd { font-size: .9rem; font-variant-numeric: tabular-nums; }

.trial > header { border-top: 2px solid var(--ink); padding-top: 1.4rem; display: grid; gap: .5rem; }
.trial > header .small { display: flex; align-items: center; gap: .5rem; }
.trial > header .tally { margin-top: .2rem; }
.trial > section { margin-top: 2.6rem; }
.trial > section > h3 { margin-bottom: 1rem; }
.finding { background: var(--card); border: 1px solid var(--rule); border-left-width: 4px; padding: 1rem 1.2rem; margin-top: .8rem; border-radius: 0 4px 4px 0; }
.finding.fail { border-left-color: var(--fail); }
.finding.errored { border-left-color: var(--errored); border-left-style: double; border-left-width: 6px; }
.finding.inconclusive { border-left-color: var(--inconclusive); border-left-style: dashed; }
.finding h4 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
.finding p { margin-top: .45rem; max-width: 48rem; white-space: pre-line; overflow-wrap: anywhere; }
.finding .badge { transform: translateY(.1em); }
.settle { background: var(--wash); padding: .4rem .7rem; border-radius: 3px; width: fit-content; }
.labels { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem .5rem; margin-top: .5rem; font-size: .8rem; }
.labels li { border: 1px solid var(--rule); border-radius: 3px; padding: .05rem .5rem; background: var(--paper); }
.labels span { color: var(--muted); }
details { margin-top: .8rem; border: 1px solid var(--rule); border-radius: 4px; background: var(--card); }
summary { cursor: pointer; padding: .7rem 1.1rem; font-weight: 600; font-size: .95rem; }
summary .icon { margin-left: .3rem; }
.long .scroll { border-width: 1px 0 0; border-radius: 0; margin: 0; }
.plain { list-style: none; padding: 0 1.2rem .5rem; }
.plain > li { border-top: 1px solid var(--rule); padding: .7rem 0; font-size: .9rem; }
.plain b { font-weight: 600; }
.plain p { color: var(--muted); margin-top: .25rem; }

.scroll { overflow-x: auto; overscroll-behavior-x: contain; }
.chart { background: var(--card); border: 1px solid var(--rule); border-radius: 4px; padding: 1.2rem clamp(.8rem, 2.4vw, 1.5rem); margin-top: 1.2rem; }
.chart figcaption p { font-size: .9rem; color: var(--muted); margin-top: .2rem; max-width: 46rem; }
.chart .scroll { margin-top: .9rem; }
.chart .scroll > svg { display: block; width: 100%; min-width: 34rem; height: auto; font-family: var(--sans); }
.chart > .small { margin-top: .6rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: .8rem; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: .45rem; }
.swatch { width: 1.65rem; height: .76rem; flex: none; }
.ramp { display: inline-flex; }
.ramp i { width: 1.1rem; height: .8rem; }
.blank { width: 1.3rem; height: .8rem; border: 1px dashed var(--muted); }

.figures { margin-top: 1.6rem; }
.figures > p { font-size: .9rem; color: var(--muted); }
.figures .scroll { margin-top: .8rem; border: 1px solid var(--rule); border-radius: 4px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .84rem; font-variant-numeric: tabular-nums lining-nums; overflow-wrap: normal; }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; white-space: nowrap; }
thead th { font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--ink); }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody tr:hover > * { background: var(--wash); }
th.number, td { text-align: right; }
tbody th { font-weight: 500; }
tbody th:first-child { position: sticky; left: 0; background: var(--card); }
td small { display: block; font-size: .74rem; color: var(--muted); }
thead button { all: unset; cursor: pointer; white-space: nowrap; }
thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
thead button::after { content: " ↕"; opacity: .45; }
[aria-sort="ascending"] button::after { content: " ↑"; opacity: 1; }
[aria-sort="descending"] button::after { content: " ↓"; opacity: 1; }

.sheets { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; align-items: start; }
.sheet { background: var(--card); border: 1px solid var(--rule); border-radius: 4px; padding: 1rem 1.2rem; }
.sheet dl { margin-top: .5rem; font-size: .88rem; }
.sheet dl > div { display: grid; grid-template-columns: 9rem 1fr; gap: 1rem; padding: .35rem 0; border-top: 1px solid var(--rule); }
.sheet dt { color: var(--muted); }
.sheet dd { font-variant-numeric: tabular-nums; }
.command { display: flex; align-items: stretch; gap: .6rem; margin: 1rem 0; }
.command pre { flex: 1; min-width: 0; overflow-x: auto; padding: .85rem 1rem; background: var(--card); border: 1px solid var(--rule); border-radius: 4px; white-space: pre-wrap; }
.inline { display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; }

@media (min-width: 75rem) {
  .layout { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); gap: 3rem; align-items: start; }
  .contents { position: sticky; top: 1.5rem; max-height: calc(100vh - 3rem); overflow-y: auto; margin: 0; }
  .contents > ol { display: block; }
  .contents > ol > li { padding: .25rem 0; }
  .contents ol ol { display: block; padding-left: 1.25rem; }
}
@media (max-width: 34rem) {
  .sheet dl > div { grid-template-columns: 1fr; gap: 0; }
  .command { flex-direction: column; }
}
${PRINT_STYLE}`;
