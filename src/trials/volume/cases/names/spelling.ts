import { denies, refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkKept, goodOptions, shownName, tryName } from "../exact-names.ts";
import { leaveMark, readMark, viewOf } from "../sight.ts";
import { watchLife } from "../vital.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const plainNames: VolumeCase = {
  id: "N01",
  title: "Plain names",
  severity: "high",
  action:
    "Volumes with names of one and two characters, of 64 hex digits, with capitals, dots, dashes, underscores, a digit first.",
  requirement: "Each is accepted and comes back as it was given.",
  reason: "These are the names that people give, and 64 hex digits is what the engine gives a volume without a name.",
  needs: [],
  run: async (context) => {
    const { random, name, mountId, check, observe } = context;
    const unused = name();
    const letter = () => LETTERS.charAt(random.below(LETTERS.length));
    const names = [
      ...[letter(), letter() + letter(), "A", mountId(), unused, unused.toUpperCase()],
      ...[`${unused}.b`, `a.${unused}.b`, `a-b_c.${unused}`, `7${unused}`, `${unused}_`, `${unused}-`, `${unused}..x`],
    ];
    for (const one of names) {
      const fate = await tryName(context, one);
      if (fate === "there-before") observe(`a volume ${shownName(one)} was there before and was left alone`);
      else check("A plain name is accepted.", fate === "taken", `${shownName(one)}: ${fate}`);
    }
  },
};

const controlCharacters: VolumeCase = {
  id: "N04",
  title: "Names with control characters",
  severity: "high",
  action: "Create with NUL, control characters, halves of surrogate pairs and bytes that are no UTF-8 in the name.",
  requirement: "Each is refused with words.",
  reason:
    "NUL ends a path for the kernel: `a` and `a\\0b` become one volume. Escape sequences reach the terminal of whoever lists volumes, and what is no Unicode is replaced, so that two names become one.",
  needs: [],
  run: async (context) => {
    const { driver, name, check } = context;
    const lives = watchLife(context);
    const base = name();
    const texts = [
      "\\u0000",
      "\\u0000b",
      "\\u0001",
      "\\u0008",
      "\\u001b[31m",
      "\\u007f",
      "\\ud800",
      "\\udc00b",
      "\\ud800\\ud800",
    ];
    const bodies = texts.map((text) => Buffer.from(createBody(context, `${base}${text}`)));
    const [before, after] = createBody(context, `${base}|`).split("|") as [string, string];
    for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf]])
      bodies.push(Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]));
    for (const body of bodies) {
      const answer = await driver.request({ path: "/VolumeDriver.Create", body });
      const shown = JSON.stringify(body.toString("latin1"));
      check(
        "Create refuses a name with control characters or without meaning.",
        refuses(answer),
        `${shown}: ${told(answer)}`,
      );
    }
    const left = await driver.get(base);
    check("No volume has come to be under a part of such a name.", denies(left), told(left));
    await lives("control characters");
  },
};

/** JSON in which the name stands as it is written here, escapes and all. */
function createBody(context: CaseContext, escapedName: string): string {
  return `{"Name":"${escapedName}","Opts":${JSON.stringify(goodOptions(context))}}`;
}

const LENGTHS = [64, 128, 200, 255, 256, 1024, 5000];

const longNames: VolumeCase = {
  id: "N05",
  title: "Long names",
  severity: "high",
  action: "Two names of 64 to 5,000 characters that differ in the last one only, made one after the other.",
  requirement: "Each is refused, or right all the way; none is cut into the other.",
  reason:
    "A path's part has 255 bytes and a database column some other limit. A driver that cuts gives two users one volume.",
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    for (const length of LENGTHS) {
      const base = `${context.name()}-`;
      const long = base.padEnd(length - 1, "x");
      await checkDistinct(context, `${long}a`, `${long}b`);
      await tryName(context, `${long}c`);
    }
    await lives("long names");
  },
};

const unicodeNames: VolumeCase = {
  id: "N06",
  title: "Names that look alike",
  severity: "high",
  action: "Names in two normal forms of Unicode, in capitals and small letters, with emoji and from right to left.",
  requirement: "What is distinct stays distinct, or is refused.",
  reason: "Some file systems fold letters and normal forms: two volumes for the engine, one directory for the driver.",
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    const base = context.name();
    const pairs = [
      [`${base}-caf\u00e9`, `${base}-cafe\u0301`],
      [`Vol-${base}`, `vol-${base}`],
      [`${base}-\u212b`, `${base}-\u00c5`],
      [`${base}-\ufb01`, `${base}-fi`],
      [`${base}-\u{1f6a2}`, `${base}-\u{1f6a3}`],
      [`${base}-\u202edcba`, `${base}-abcd`],
      [`${base}-\u00df`, `${base}-ss`],
      [`${base}-a\u200bb`, `${base}-ab`],
    ] as const;
    for (const [one, other] of pairs) {
      await checkDistinct(context, one, other);
      await tryName(context, one);
    }
    await lives("names that look alike");
  },
};

/** Makes both names, as far as they are accepted, and checks that each is a volume of its own. */
async function checkDistinct(context: CaseContext, one: string, other: string): Promise<void> {
  const { driver, check } = context;
  const shown = `${shownName(one)} and ${shownName(other)}`;
  const first = await driver.create(one, goodOptions(context));
  if (!check("Create takes a name, or refuses it with words.", first.ok || refuses(first), `${shown}: ${told(first)}`))
    return;
  const between = await driver.get(other);
  check("A name is not found because another one is there.", denies(between), `${shown}: ${told(between)}`);
  const second = await driver.create(other, goodOptions(context));
  const made = [...(first.ok ? [one] : []), ...(second.ok ? [other] : [])];
  for (const name of made) await checkKept(context, name);
  if (made.length === 2) await checkApart(context, one, other);
  for (const [at, name] of made.entries()) {
    const removed = await driver.remove(name);
    check("A name that Create took can be removed.", removed.ok, `${shownName(name)}: ${told(removed)}`);
    for (const left of made.slice(at + 1)) await checkKept(context, left);
  }
}

async function checkApart(context: CaseContext, one: string, other: string): Promise<void> {
  if (!context.subject.mounts) return;
  const { mount, unmount, mountId, check } = context;
  // One ID for both would blame the names on a driver that mixes up IDs, of which another case tells.
  const [id, otherId] = [mountId(), mountId()];
  const [first, second] = [await mount(one, id), await mount(other, otherId)];
  const mark = await leaveMark(context, first);
  const text = await readMark(viewOf(context).files, second);
  check("What is written into one is not in the other.", text !== mark, `${shownName(other)} at ${second}: ${text}`);
  await unmount(one, id);
  await unmount(other, otherId);
}

export const spellingCases = { plainNames, controlCharacters, longNames, unicodeNames };
