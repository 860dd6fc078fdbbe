import type { CaseContext, VolumeCase } from "../case.ts";
import { at, checkRan, demanded, hasOptions, isSame, onTheWay, refusal, workbench } from "./workbench.ts";

/** Volumes made, shown and removed by an engine. */
export const makingCases: readonly VolumeCase[] = [
  {
    id: "E01",
    title: "A managed driver is enabled and asks for little",
    severity: "high",
    action: "Looks at the driver as the engine knows it.",
    requirement: "It is enabled, and what it asks for is known before it is installed.",
    reason:
      "A user is asked for each privilege when a managed driver is installed; one that is not enabled has none of its volumes.",
    needs: ["engine"],
    original: [1],
    run: isEnabled,
  },
  {
    id: "E02",
    title: "create, inspect and ls of an engine",
    severity: "high",
    action: "Makes a volume with options and a label through the engine, inspects and lists it.",
    requirement: "It has the driver, the scope, the options and the label, and is listed once.",
    reason:
      "What Get answers is what `docker volume inspect` shows: a driver that answers another name or none makes the engine drop the volume's labels and options.",
    needs: ["engine"],
    original: [2, 3],
    run: isShown,
  },
  {
    id: "E05",
    title: "rm and rm -f of an engine",
    severity: "high",
    action: "Fills a volume, removes it with -f, makes it again under the same name and looks into it.",
    requirement: "The volume is gone after the removal, and the new one is empty.",
    reason: "`docker volume rm -f` hides what a driver refuses: a volume that stays shows up again with old data.",
    needs: ["engine"],
    original: [6],
    run: isRemoved,
  },
  {
    id: "E06",
    title: "A volume is made on the way",
    severity: "high",
    action: "Runs a container with --volume-driver and a volume that is not there.",
    requirement: "The container starts, and the volume is the driver's and is listed.",
    reason:
      "The engine asks Get, Create, Get and Mount in a row: a driver that answers Get of a missing volume wrongly has none made, or one in its place on the host's disk.",
    needs: ["engine"],
    original: [7],
    run: isMadeOnTheWay,
  },
  {
    id: "E13",
    title: "Options and labels as Compose gives them",
    severity: "medium",
    action: "Runs a container whose mount names options and labels; then creates the volume again with other options.",
    requirement: "The volume has the options and labels of its first making, also afterwards.",
    reason:
      "Compose and `--mount volume-opt=` send options with the container. An engine asks no driver about a second create of a volume that it knows, so nothing may come of it.",
    needs: ["engine"],
    run: takesOptions,
  },
];

async function isEnabled(context: CaseContext): Promise<void> {
  const plugin = await workbench(context).engine.plugin();
  if (!plugin) return context.skip("it is not a managed driver: there is nothing to install");
  context.check("The engine has the driver enabled.", plugin.isEnabled, plugin.isEnabled ? "enabled" : "disabled");
  context.observe(`it asks for ${plugin.asksFor.join(", ") || "nothing"}`);
}

async function isShown(context: CaseContext): Promise<void> {
  const { engine, unmade } = workbench(context);
  const {
    scope,
    options: { good: options },
  } = context.subject;
  const name = unmade();
  const labels = { "seatrial.case": "E02" };
  await demanded(context, "The engine makes a volume.", engine.createVolume({ name, options, labels }));
  const told = await engine.volume(name);
  context.demand("The engine finds the volume that it made.", told !== undefined, "no such volume");
  const isDriver = told.driver === engine.driver || told.driver === `${engine.driver}:latest`;
  context.check("It is the driver's.", isDriver, told.driver);
  context.check("Its scope is that of the driver.", scope === "local" || told.scope === "global", told.scope);
  context.check(
    "It has the options that it was made with.",
    hasOptions(name, told.options, options),
    JSON.stringify(told.options),
  );
  context.check("It has its label.", isSame(told.labels, labels), JSON.stringify(told.labels));
  const listed = (await engine.volumes()).filter((one) => one === name).length;
  context.check("It is listed once.", listed === 1, `${listed} times`);
  if (told.status) context.observe(`Status has ${Object.keys(told.status).join(", ") || "nothing in it"}`);
}

async function isRemoved(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const { engine } = bench;
  const name = await bench.volume();
  checkRan(context, "A container writes to the volume.", await bench.run("echo old >/v/file", [at(name)]));
  const said = await refusal(engine.removeVolume(name, true));
  context.check("The engine removes it.", said === "", said || "removed");
  const left = await engine.volume(name);
  context.check("It is gone.", left === undefined, left ? `there is one of ${left.driver}` : "no such volume");
  const { good: options } = context.subject.options;
  await demanded(context, "A volume of the same name is made.", engine.createVolume({ name, options }));
  const listing = await bench.run("find /v -name file", [at(name)]);
  checkRan(context, "The new volume has nothing of the old one.", listing, "");
}

async function isMadeOnTheWay(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = bench.unmade();
  checkRan(context, "The container starts and writes.", await bench.run("echo x >/v/file", [onTheWay(context, name)]));
  const told = await bench.engine.volume(name);
  const isDriver = told?.driver === bench.engine.driver || told?.driver === `${bench.engine.driver}:latest`;
  context.check("The volume is the driver's.", isDriver, told ? told.driver : "no such volume");
  context.check("It is listed.", (await bench.engine.volumes()).includes(name), `${name} is not listed`);
}

async function takesOptions(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const { engine } = bench;
  const { good, other } = context.subject.options;
  const made = { options: other ?? good, labels: { "seatrial.case": "E13" } };
  const name = bench.unmade();
  checkRan(context, "The container starts.", await bench.run("true", [at(name, "/v", { made })]));
  const first = await engine.volume(name);
  context.demand("The volume is there.", first !== undefined, "no such volume");
  context.check("It has the options.", hasOptions(name, first.options, made.options), JSON.stringify(first.options));
  context.check("It has the label.", isSame(first.labels, made.labels), JSON.stringify(first.labels));
  const said = await refusal(engine.createVolume({ name, options: { ...good, "seatrial-no-such": "1" } }));
  context.observe(
    `a second create with other options ${said === "" ? "succeeds and changes nothing" : `fails: ${said}`}`,
  );
  const second = await engine.volume(name);
  const was = JSON.stringify([first.options, first.labels]);
  const is = JSON.stringify([second?.options, second?.labels]);
  context.check("A second create changes neither options nor labels.", was === is, `${was} before, ${is} after`);
}
