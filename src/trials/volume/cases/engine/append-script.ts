/** Who appends to one file of a volume at `/v`, and how. */
export interface Writing {
  /** locked: the file is opened for each record, under a lock that all take; bare: it is kept open, and nobody waits. */
  how: "locked" | "bare";
  /** Containers, which begin together. */
  writers: number;
  /** Of each of them. */
  records: number;
}

/** Far enough apart that writers leave each other a turn. */
const PAUSE_S = 0.02;
/** Of 20 ms, that a container waits for the others, by their number: one that comes later misses the crowd. */
const START_LOOKS = 50;
/** The same for the lock, by the number of all records. */
const LOCK_LOOKS = 50;
const LEAST_LOOKS = 250;
const SEEN_LOOKS = 50;

/**
 * What the container with this name does; it ends with 3 where the lock never was free. A directory can be made by one
 * only, on every file system that several hosts share.
 */
export function appendScript(name: string, { how, writers, records }: Writing): string {
  const record = `echo "w${name}-$i"`;
  const lock = untilTrue("mkdir /v/lock 2>/dev/null", LEAST_LOOKS + LOCK_LOOKS * writers * records, "exit 3");
  const append = {
    locked: [lock, `${record} >>/v/locked || exit 1`, "rmdir /v/lock"],
    bare: [`${record} >&3 || exit 1`, `sleep ${PAUSE_S}`],
  }[how];
  return [
    // A lock that goes while `ls` looks at it is no error.
    `: >"/v/${how}-ready-${name}"`,
    untilTrue(
      `[ $(ls /v 2>/dev/null | grep -c ^${how}-ready-) = ${writers} ]`,
      LEAST_LOOKS + START_LOOKS * writers,
      "break",
    ),
    ...(how === "bare" ? ["exec 3>>/v/bare"] : []),
    "i=0",
    `while [ $i -lt ${records} ]`,
    `do ${append.join("; ")}; i=$((i+1))`,
    "done",
  ].join("; ");
}

/** Prints how many records are there and whole, once there are all or 5 s later: some file systems take their time. */
export function countScript({ how, writers, records }: Writing): string {
  const count = `$(sort -u /v/${how} 2>/dev/null | grep -c '^w[0-9]*-[0-9]*$')`;
  const wait = `until [ ${count} = ${writers * records} ] || [ $n = ${SEEN_LOOKS} ]`;
  return `n=0; ${wait}; do n=$((n+1)); sleep 0.1; done; echo ${count}`;
}

function untilTrue(condition: string, looks: number, orElse: string): string {
  return `n=0; until ${condition}; do n=$((n+1)); [ $n -lt ${looks} ] || ${orElse}; sleep ${PAUSE_S}; done`;
}
