// What the shim lends to the scripts it loads; each gets it once, while it runs for the first time, and the page never.
export const io = cartwakeLends();
