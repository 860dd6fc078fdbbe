/** Hands on, each in its turn, what comes in any order under numbers from 0; what is early waits. */
export function inOrder<Item>(take: (item: Item) => void): (index: number, item: Item) => void {
  const early = new Map<number, Item>();
  let next = 0;
  return (index, item) => {
    early.set(index, item);
    for (let due = early.get(next); due !== undefined; due = early.get(next)) {
      early.delete(next++);
      take(due);
    }
  };
}
