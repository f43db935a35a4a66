import { Injectable } from '@nestjs/common';

/** The one source of time. Rows and tokens take their times from here, so that tests move time instead of waiting. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }

  /** Whole seconds since the epoch, as in `iat` and `exp` (RFC 7519 section 2, NumericDate). */
  nowSeconds(): number {
    return Math.floor(this.now().getTime() / 1000);
  }
}
