// Prices of the catalogue, in words.

import { text } from "/studio/text.js";

/** All numbers in a table of prices. */
const amounts = (table) => (typeof table === "number" ? [table] : Object.values(table).flatMap(amounts));

/** The least that something can cost. */
export const cheapest = (price) =>
  price.flat?.credits ?? Math.min(...amounts((price.values ?? price.seconds)?.credits ?? price.megapixels.tiers.map((tier) => tier.credits)));

/** A price as it is said where nothing has been chosen yet. */
export function priceWords(price) {
  if (price.flat) return text.models.flat(price.flat.credits);
  if (price.seconds) return text.models.bySeconds(cheapest(price), price.seconds.blockSeconds);
  return text.models.from(cheapest(price));
}
