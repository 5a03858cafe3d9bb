import { writePages } from './compare/report/recorded-results';

writePages();
