/** On paper: the light face, everything unfolded, wide tables on pages of their own that lie on their side. */
export const PRINT_STYLE = `
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
@page wide { size: A4 landscape; }
@media print {
  :root { color-scheme: light !important; }
  body { background: none; padding: 0; font-size: 10pt; --paper: #fff; --card: #fff; --chart-surface: #fff; }
  .contents, .skip, button, footer { display: none !important; }
  .masthead { padding: 0 0 6mm; }
  .certificate { break-after: page; }
  main > section { margin-top: 9mm; }
  h2, h3, h4, figcaption, summary { break-after: avoid; }
  .chart, .finding, .sheet, .plain > li, tr, .answer { break-inside: avoid; }
  .scroll { overflow: visible; }
  .chart .scroll > svg { min-width: 0; }
  .figures { page: wide; }
  .figures table { font-size: 7.5pt; }
  .figures th, .figures td { padding: 1.2mm 1.6mm; }
  thead { display: table-header-group; }
  thead button::after { content: none; }
  details > summary { list-style: none; }
  details:not([open]):not(.long)::details-content { display: block; content-visibility: visible; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
`;
