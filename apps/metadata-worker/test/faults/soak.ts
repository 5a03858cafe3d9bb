/** How many times as much a scenario does under `make soak`. */
export const SCALE = process.env.SOAK ? 10 : 1;
