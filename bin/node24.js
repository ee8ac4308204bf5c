#!/usr/bin/env node
import { runOnNode24 } from './run-on-node24.js';

runOnNode24(process.argv.slice(2));
