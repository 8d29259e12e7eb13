/**
 * What the driver makes of a map: all of its entries, whatever their keys are; as objects, which it makes by itself, two
 * keys of other types than text can become one. It reads the cluster's own maps by property, so texts are that, too.
 */
export class EntryMap extends Map<unknown, unknown> {
  override set(key: unknown, value: unknown): this {
    super.set(key, value);
    if (typeof key === "string" && !(key in Map.prototype)) Object.assign(this, { [key]: value });
    return this;
  }
}
