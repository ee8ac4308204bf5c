#!/usr/bin/env node
import { runFile } from './run-on-node24.js';

await runFile('src/main.ts');
