/* One-row matrix products on Linux, compiled into libmlxc.so by setup-mlx-linux.sh.
 *
 * MLX's CPU backend asks BLAS for every matrix product, also for one row times a matrix, which is nearly all that
 * generating speech does. OpenBLAS 0.3.21 packs the whole matrix into a buffer first, for a single use: reading and
 * writing what only needs to be read. Its matrix-vector product reads each weight once. libmlxc.so stands before
 * OpenBLAS in the symbol order, so MLX's calls arrive here; anything with more than a few rows goes on to OpenBLAS.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void gemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void gemv(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

/* Up to so many rows the matrix is rather read once per row than packed. */
enum { FEW = 2 };

static gemm *next_gemm;
static gemv *next_gemv;

__attribute__((constructor)) static void find(void) {
  next_gemm = (gemm *)dlsym(RTLD_NEXT, "cblas_sgemm");
  next_gemv = (gemv *)dlsym(RTLD_NEXT, "cblas_sgemv");
}

/* C (m, n) = alpha · A (m, k) · B (k, n) + beta · C */
void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
                 int ldb, float beta, float *c, int ldc) {
  if (order != ROW_MAJOR || next_gemv == NULL || k == 0 || (m > FEW && n > FEW)) {
    next_gemm(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  } else if (m <= FEW) { /* row i of C = Bᵀ · row i of A */
    int rows = tb == NO_TRANS ? k : n, columns = tb == NO_TRANS ? n : k;
    for (int i = 0; i < m; i++)
      next_gemv(ROW_MAJOR, tb == NO_TRANS ? TRANS : NO_TRANS, rows, columns, alpha, b, ldb,
                ta == NO_TRANS ? a + (size_t)i * lda : a + i, ta == NO_TRANS ? 1 : lda, beta, c + (size_t)i * ldc, 1);
  } else { /* column j of C = A · column j of B */
    int rows = ta == NO_TRANS ? m : k, columns = ta == NO_TRANS ? k : m;
    for (int j = 0; j < n; j++)
      next_gemv(ROW_MAJOR, ta, rows, columns, alpha, a, lda, tb == NO_TRANS ? b + j : b + (size_t)j * ldb,
                tb == NO_TRANS ? ldb : 1, beta, c + j, ldc);
  }
}
