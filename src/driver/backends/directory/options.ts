import { z } from "zod";

const whole = z
  .string()
  .regex(/^\d{1,10}$/, "want a whole number")
  .transform(Number)
  .refine((value) => value < 2 ** 32 - 1, "want a number below 4294967295");

const yesOrNo = z
  .string()
  .regex(/^(|true|false)$/, "want true, false, or nothing for true")
  .transform((text) => text !== "false");

/** What Create takes; each option is absent unless it was given. */
export const directoryOptions = z.strictObject({
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, "want three octal digits such as 750")
    .transform((text) => Number.parseInt(text, 8))
    .optional(),
  uid: whole.optional(),
  gid: whole.optional(),
  ro: yesOrNo.optional(),
  nosuid: yesOrNo.optional(),
  nodev: yesOrNo.optional(),
  noexec: yesOrNo.optional(),
});
/** See `directoryOptions`. */
export type DirectoryOptions = z.infer<typeof directoryOptions>;

/** What a volume is that was made without an option. */
export const DEFAULT_OPTIONS: { [Name in keyof DirectoryOptions]-?: NonNullable<DirectoryOptions[Name]> } = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  ro: false,
  nosuid: true,
  nodev: true,
  noexec: false,
};

/** All options of one volume. */
export type VolumeOptions = typeof DEFAULT_OPTIONS;

/** One line for each. */
export const DIRECTORY_OPTION_HELP: Readonly<Record<keyof DirectoryOptions, string>> = {
  mode: "permission bits of the volume's root, three octal digits (default 755)",
  uid: "owner of the volume's root, a number (default 0)",
  gid: "group of the volume's root, a number (default 0)",
  ro: "mount it read-only (default false)",
  nosuid: "ignore set-user-ID bits in it (default true)",
  nodev: "ignore device files in it (default true)",
  noexec: "start no programs from it (default false)",
};
