import fc from "fast-check";

/**
 * Properties are tried on the same cases every time, so that a green run stays green: a case that breaks a rare promise is no surprise for
 * somebody else's change. `SEATRIAL_PROPERTY_SEED=$RANDOM npm run test:unit` looks for new ones.
 */
fc.configureGlobal({ seed: Number(process.env["SEATRIAL_PROPERTY_SEED"] ?? 20_261_120) });
