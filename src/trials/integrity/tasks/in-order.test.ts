import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

test("whatever the order of their coming, items are handed on in theirs, each as soon as it can be", () => {
  const order = fc.integer({ min: 1, max: 30 }).chain((count) => {
    const numbers = Array.from({ length: count }, (_, index) => index);
    return fc.shuffledSubarray(numbers, { minLength: count });
  });
  fc.assert(
    fc.property(order, (coming) => {
      const taken: string[] = [];
      const hand = inOrder((item: string) => taken.push(item));
      for (const [i, index] of coming.entries()) {
        hand(index, `item ${index}`);
        const come = new Set(coming.slice(0, i + 1));
        let due = 0;
        while (come.has(due)) due++;
        expect(taken).toEqual(Array.from({ length: due }, (_, number) => `item ${number}`));
      }
    }),
  );
});
