import { pathIn, refuses } from "../answers.ts";
import { told, type VolumeCase } from "../case.ts";
import { breakBackEnd } from "../trouble.ts";

/** Base64 as keys of CephX are written: 40 characters of which the last two are padding. */
const KEY_LIKE = /[A-Za-z0-9+/]{38}==/;

const refusedKeys: VolumeCase = {
  id: "S03",
  title: "A key that is refused, and another one",
  severity: "high",
  action:
    "Mount while the driver's key is not taken by what it stands on, and again when there is another key in its place.",
  requirement: "Mount fails with words in which there is no key; with the new key it succeeds without a restart.",
  reason:
    "Keys are changed while containers run. A driver that keeps the old one in memory has to be restarted on every host, and one that shows the mount's output shows the key to whoever starts a container.",
  needs: ["back-end"],
  run: async (context) => {
    const { driver, volume, mountId, check } = context;
    const name = await volume();
    const [first, second] = [mountId(), mountId()];
    const heal = await breakBackEnd(context, "key-refused");
    const failed = await driver.mount(name, first);
    check("Mount with a key that is refused fails with words.", refuses(failed), told(failed));
    const isBare = !KEY_LIKE.test(failed.text);
    check(
      "The error holds nothing that looks like a key.",
      isBare,
      isBare ? told(failed) : "it holds 40 characters of base64",
    );
    await heal();
    const mounted = await driver.mount(name, second);
    check("Mount succeeds with the new key, without a restart.", pathIn(mounted) !== "", told(mounted));
    await driver.unmount(name, second);
  },
};

export const keyCases = { refusedKeys };
