import { describe, expect, test } from "vitest";
import { html, jsonData, trusted } from "./html.ts";

describe("the html template", () => {
  test("escapes text in elements and in attributes", () => {
    expect(html`<a title="${`"'\``}">${"<b>&"}</a>`.toString()).toBe('<a title="&#34;&#39;&#96;">&#60;b&#62;&#38;</a>');
  });

  test("takes markup, lists and nothing as they are", () => {
    const parts = [html`<i>${1}</i>`, "<", null, undefined, false];
    expect(html`<p>${parts}${trusted("<br>")}</p>`.toString()).toBe("<p><i>1</i>&#60;<br></p>");
  });

  test("does not take an object for markup because it says so", () => {
    const imposter = { toString: () => "<script>" } as unknown as string;
    expect(html`${imposter}`.toString()).toBe("&#60;script&#62;");
  });

  test("data for a script element cannot end it and reads back", () => {
    const value = { name: "</script><!--\u2028" };
    const text = jsonData(value).toString();
    expect(text).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});
