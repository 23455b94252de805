// CommonJS: the SDK loads it by require(), also where Node runs TypeScript as it is.
const { DefaultFailureConverter } = require('@temporalio/common');

// Puts messages and stacks of failures where the codec encrypts them.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
