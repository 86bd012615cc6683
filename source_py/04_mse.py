# %% [markdown]
# # 04 · The loss

# %%
import numpy as np


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mse", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MSELoss:
    """Mean squared error: the mean of (y - t)^2 over all N * K entries."""

    def forward(self, y, t):
        """Take predictions y and targets t, both (N, K), return one number."""
        ### BEGIN SOLUTION
        if y.shape != t.shape:
            raise ValueError(f"y has shape {y.shape}, but t has shape {t.shape}")
        if y.dtype.kind != "f":
            y = y.astype(float)  # unsigned integers would wrap around below 0
        self.residuals = y - t
        return float(np.mean(self.residuals**2))
        ### END SOLUTION

    def backward(self):
        """Return dL/dy (N, K)."""
        ### BEGIN SOLUTION
        return 2 * self.residuals / self.residuals.size
        ### END SOLUTION
