import type { LogLevel } from "../../core/log.ts";

/** `seatrial driver serve`. */
export interface DriverServeFlags {
  backend?: string;
  socket?: string;
  state?: string;
  root?: string;
  mounts?: string;
  scope?: string;
  deadline?: string;
  unmountDelay?: string;
  managed?: boolean;
  metricsPort?: string;
  logLevel?: LogLevel;
  cephConf?: string;
  cephMonHost?: string;
  cephClient?: string;
  cephKeyring?: string;
  cephFs?: string;
  subvolumeGroup?: string;
  mounter?: string;
  inUseCheck?: string;
}

/** `seatrial driver package`. */
export interface DriverPackageFlags {
  backend?: string;
  out: string;
}

/** `seatrial driver status`. */
export interface DriverStatusFlags {
  socket?: string;
  json?: boolean;
}

/** `seatrial driver store`, which a driver starts. */
export interface DriverStoreFlags {
  root: string;
  remember: string;
}

/** `seatrial driver orders`, which a driver on CephFS starts. */
export interface DriverOrdersFlags {
  settings: string;
}
