/** msgpackr's build without `new Function`, which extension pages forbid; the package ships no types for it. */
declare module "msgpackr/index-no-eval" {
  export { Packr, Unpackr } from "msgpackr";
}
