// libraries.js: what the bundle gives to a report's own scripts. Listening for clicks on the heads
// of tables is a side effect of sortable.
import {enhanceSortableAccessibility} from "sortable-tablesort/dist/esm/enhanceSortableAccessibility.js";
import "sortable-tablesort/dist/sortable.js";
import vegaEmbed from "vega-embed";

globalThis.vegaEmbed = vegaEmbed;
globalThis.enhanceSortableAccessibility = enhanceSortableAccessibility;
