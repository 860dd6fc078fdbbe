// What the library hands to a series that draws its items itself, as far as it is used here.

/** Which item is to be drawn. */
export interface DrawParams {
  dataIndex: number;
}

/** From values on the axes to pixels. */
export interface DrawApi {
  coord(value: [number, number]): [number, number];
  size(value: [number, number]): [number, number];
}

/** A rectangle in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
