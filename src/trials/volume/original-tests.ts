/** The rows of the test matrix that the suite grew out of, in its order; cases name them by their numbers from 1. */
export const ORIGINAL_TESTS = [
  "install the driver",
  "create a volume",
  "list volumes",
  "mount an existing volume",
  "unmount it",
  "remove it",
  "create and mount in one go",
  "create and mount by several containers at once",
  "mount an existing volume by many containers at once",
  "list on a second host",
  "create multiple volumes",
] as const;
