// One half of the gallery.
import { examines } from '../harness/gallery.mjs';

examines(1);
