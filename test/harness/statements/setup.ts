import { afterAll } from 'vitest';
import { writeDownStatements } from './recorded-statements.js';

afterAll(writeDownStatements);
