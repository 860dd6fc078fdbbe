export { renderCsv } from "./csv.ts";
export { renderDiffMarkdown } from "./diff-markdown.ts";
export { renderDiffTerminal } from "./diff-terminal.ts";
export { renderGithubAnnotations } from "./github.ts";
export { renderHtml } from "./html/page.ts";
export { renderJson } from "./json.ts";
export { renderJUnit } from "./junit.ts";
export { renderMarkdown } from "./markdown.ts";
export { renderTerminal, type TerminalOptions } from "./terminal.ts";
