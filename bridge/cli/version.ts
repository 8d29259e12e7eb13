/** The same as in package.json, which a program that is installed elsewhere may not lie beside. */
export const VERSION = "0.1.0";
