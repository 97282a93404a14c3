#include "kernels.h"

CLONES void ck_sgd(float *restrict p, float *restrict v, const float *restrict g, int64_t n,
                   float lr, float momentum, float weightDecay) {
  for (int64_t i = 0; i < n; i++) {
    v[i] = momentum * v[i] + (g[i] + weightDecay * p[i]);
    p[i] -= lr * v[i];
  }
}

/// Both forms of Adam: the parameter shrinks by `keep`, the gradient grows by `coupled` * p.
INLINE void adam(float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
                 int64_t n, float lr, float beta1, float beta2, float eps, float coupled,
                 float keep, float correction1, float correction2) {
  float rate = lr / correction1, scale = 1 / correction2;
  for (int64_t i = 0; i < n; i++) {
    float gradient = g[i] + coupled * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * gradient;
    v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
    // The builtin sets no errno, so the loop stays a vector loop.
    p[i] = keep * p[i] - rate * m[i] / (__builtin_elementwise_sqrt(v[i] * scale) + eps);
  }
}

CLONES void ck_adam(float *restrict p, float *restrict m, float *restrict v,
                    const float *restrict g, int64_t n, float lr, float beta1, float beta2,
                    float eps, float weightDecay, float correction1, float correction2) {
  adam(p, m, v, g, n, lr, beta1, beta2, eps, weightDecay, 1, correction1, correction2);
}

CLONES void ck_adamw(float *restrict p, float *restrict m, float *restrict v,
                     const float *restrict g, int64_t n, float lr, float beta1, float beta2,
                     float eps, float weightDecay, float correction1, float correction2) {
  adam(p, m, v, g, n, lr, beta1, beta2, eps, 0, 1 - lr * weightDecay, correction1, correction2);
}
