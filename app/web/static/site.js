import { watchCovers } from "./covers.js";
import { offerThemes } from "./themes.js";
import { openFiltersWhereThereIsRoom } from "./filters.js";
import { localiseTimes } from "./times.js";
import { searchInPlace } from "./search.js";
import { followExport } from "./exports.js";

watchCovers();
offerThemes();
openFiltersWhereThereIsRoom();
localiseTimes(document);
searchInPlace();
followExport();
